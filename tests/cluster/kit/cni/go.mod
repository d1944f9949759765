module clustercni

go 1.24.0
