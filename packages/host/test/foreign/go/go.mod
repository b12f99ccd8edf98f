module areas

go 1.24
