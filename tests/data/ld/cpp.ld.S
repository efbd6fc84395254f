#ifndef BOARD
#define BOARD 1
#endif
#include "a"
#define KB(n) n
#define RAM_SIZE (64 * \
    1024) // of the board
#if defined(BOARD) && (BOARD == 1 || RAM_SIZE > 0x1000UL) && -1 < 0
MEMORY { RAM : ORIGIN = 0x20000000, LENGTH = RAM_SIZE }
#elif A ? 1 : 0
#error neither
#else
/* a comment
   of two lines */ x = 1;
#endif
# 40 "other.ld"
y = RAM_SIZE >> 3;
