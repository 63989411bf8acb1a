module bugbar/bench

go 1.26.0
