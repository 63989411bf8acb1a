module bugbar

go 1.26.0
