module datalab.local/relay

go 1.26
