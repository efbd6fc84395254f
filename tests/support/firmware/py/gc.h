/* Of MicroPython's collector what boards/ calls. */
#ifndef TESTS_FIRMWARE_GC_H
#define TESTS_FIRMWARE_GC_H

void gc_collect(void);

#endif
