/* Messages of failed allocations: MicroPython's (py/runtime.c m_malloc_fail, esp8266 native code, esp32 Wi-Fi, lwIP,
 * OpenMV), and those of other firmwares. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

/* True if the line reports a failed allocation. ret_requested: its bytes, NOT_KNOWN if not reported. */
bool memory_error_scan(const char *text, size_t n_bytes, enum failure *ret, uint64_t *ret_requested);
