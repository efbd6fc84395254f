/* What the files of GDB's protocol share. */
#pragma once

enum { NO_DIGIT = 16 };
unsigned gdb_digit(char c); /* of hexadecimal numbers; NO_DIGIT */
