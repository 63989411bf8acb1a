#include "textflag.h"

// Sixteen times the byte that each comparison wants.
DATA quotes<>+0(SB)/8, $0x2222222222222222
DATA quotes<>+8(SB)/8, $0x2222222222222222
GLOBL quotes<>(SB), RODATA|NOPTR, $16

DATA slashes<>+0(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA slashes<>+8(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL slashes<>(SB), RODATA|NOPTR, $16

// The four brackets become 0x7f with these bits set, as do Y, _, y and DEL.
DATA folds<>+0(SB)/8, $0x2626262626262626
DATA folds<>+8(SB)/8, $0x2626262626262626
GLOBL folds<>(SB), RODATA|NOPTR, $16

DATA folded<>+0(SB)/8, $0x7f7f7f7f7f7f7f7f
DATA folded<>+8(SB)/8, $0x7f7f7f7f7f7f7f7f
GLOBL folded<>(SB), RODATA|NOPTR, $16

// SIXTEEN turns bytes at offset(SI) into sixteen bits each of R8, R9 and R10, at shift.
#define SIXTEEN(offset, shift) \
	MOVOU    offset(SI), X0; \
	MOVO     X0, X1;         \
	MOVO     X0, X2;         \
	PCMPEQB  X8, X0;         \
	PCMPEQB  X9, X1;         \
	POR      X10, X2;        \
	PCMPEQB  X11, X2;        \
	PMOVMSKB X0, AX;         \
	PMOVMSKB X1, BX;         \
	PMOVMSKB X2, CX;         \
	SHLQ     $shift, AX;     \
	SHLQ     $shift, BX;     \
	SHLQ     $shift, CX;     \
	ORQ      AX, R8;         \
	ORQ      BX, R9;         \
	ORQ      CX, R10

// func classify(block *[64]byte) (quotes, slashes, brackets uint64)
// SSE2 alone, which every amd64 has.
TEXT ·classify(SB), NOSPLIT, $0-32
	MOVQ  block+0(FP), SI
	MOVOU quotes<>(SB), X8
	MOVOU slashes<>(SB), X9
	MOVOU folds<>(SB), X10
	MOVOU folded<>(SB), X11
	XORL  R8, R8
	XORL  R9, R9
	XORL  R10, R10
	SIXTEEN(0, 0)
	SIXTEEN(16, 16)
	SIXTEEN(32, 32)
	SIXTEEN(48, 48)
	MOVQ  R8, quotes+8(FP)
	MOVQ  R9, slashes+16(FP)
	MOVQ  R10, brackets+24(FP)
	RET
