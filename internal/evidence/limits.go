package evidence

const (
	maxLine     = 16 << 20 // bytes of one line or row: an image of 1,000 by 1,000 in decimal numbers
	maxColumns  = 4096
	maxRows     = 10_000_000
	maxElements = 1 << 27 // numbers in all vectors together: 1 GiB
	maxUnpacked = 4 << 30 // bytes of a Parquet file's pages when unpacked, of which few are held at a time
	maxText     = 1 << 30 // bytes of its cells
	shownErrors = 3       // bad rows named in a warning; the others are counted
)
