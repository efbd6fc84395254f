/* What memprof appends to a program prints this and a number, and is in the heap of the board as long as a function of
 * that program: a constant of its code. */
#pragma once

#define PROGRAM_END_TEXT "memprof end "
#define PROGRAM_END      "\x04" PROGRAM_END_TEXT
