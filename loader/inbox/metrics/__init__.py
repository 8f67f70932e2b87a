"""The numbers of the inbox for Prometheus.

numbers   every metric, and the listener that counts
endpoint  /metrics and /healthz on a port, while `loader watch` stays
textfile  the same as a file for the node exporter, for `loader watch --once`
"""
