/* MemoryError, in all the words that boards have for it (facts: py/runtime.c m_malloc_fail,
 * esp8266 native code, esp32 Wi-Fi, lwIP, OpenMV). */
#ifndef MEMPROF_FAILURE_H
#define MEMPROF_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

/* True if the line says that an allocation failed. ret_asked is NOT_KNOWN where it does not say of
 * how many bytes. */
bool failure_scan(const char *text, size_t n_bytes, enum failure *ret, uint64_t *ret_asked);

#endif
