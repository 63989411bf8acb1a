// Package evidence reads files of attack data into the inputs of package measure.
//
// Every file is hostile until read: headers are believed only as far as the bytes behind them go,
// archives are unpacked only within limits, and pickles are refused. Errors name the file, the array
// in it, what is wrong and what would do.
package evidence
