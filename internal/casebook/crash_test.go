package casebook_test

// childVar is set where this program runs as a child of its own tests.
const childVar = "BUGBAR_TEST_CHILD"

func child() int { return 0 }
