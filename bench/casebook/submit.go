package main

import "context"

func submit(ctx context.Context, args []string) error { return nil }
