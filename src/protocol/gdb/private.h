/* What the files of GDB's protocol share. */
#ifndef MEMPROF_PROTOCOL_GDB_PRIVATE_H
#define MEMPROF_PROTOCOL_GDB_PRIVATE_H

enum { NO_DIGIT = 16 };
unsigned gdb_digit(char c); /* of hexadecimal numbers; NO_DIGIT */

#endif
