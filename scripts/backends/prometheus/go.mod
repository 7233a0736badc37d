// Pins Prometheus and promtool for the end-to-end tests. Versions v0.3xx of the module are releases 3.xx.
module lyrebird.invalid/backends/prometheus

go 1.26.0

tool (
	github.com/prometheus/prometheus/cmd/prometheus
	github.com/prometheus/prometheus/cmd/promtool
)

require github.com/prometheus/prometheus v0.315.0
