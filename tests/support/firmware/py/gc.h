/* Of MicroPython's collector what boards/ calls. */
#pragma once

void gc_collect(void);
