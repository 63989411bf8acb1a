package intake

import "archive/zip"

func isInspect(z *zip.Reader) bool                                 { return false }
func readInspectZip(u *unpacker, name string, z *zip.Reader) error { return nil }
