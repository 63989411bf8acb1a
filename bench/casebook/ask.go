package main

import "context"

func ask(ctx context.Context, args []string) error { return nil }
