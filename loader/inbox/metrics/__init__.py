"""The metrics of the inbox for Prometheus.

inbox_metrics  every metric, and the listener that counts
endpoint       /metrics and /healthz on a port, while `loader watch` runs
textfile       the same as a file for the node exporter, for `loader watch --once`
"""
