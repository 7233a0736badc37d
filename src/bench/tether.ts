/** Loaded before all else in every process that a benchmark starts: it ends when the one that started it does. */
process.on('disconnect', () => process.exit());
// Being listened to is no reason to go on living.
process.channel?.unref();
