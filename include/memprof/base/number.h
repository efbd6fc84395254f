/* Numbers as people and boards write them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An unknown value, for every unsigned 64-bit figure that a board may not report. */
#define NOT_KNOWN UINT64_MAX

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* Reads the decimal digits from p up to end and returns the first byte after them. NULL if there is no
 * digit, or if the value is not below NOT_KNOWN. */
const char *number_scan(const char *p, const char *end, uint64_t *ret);

/* The same for hexadecimal digits of either case, without a prefix. */
const char *number_scan_hex(const char *p, const char *end, uint64_t *ret);

/* A text that is a count: "12" or "0x0c". 0, or -EINVAL. */
int number_parse(const char *text, uint64_t *ret);

/* A text that is a size in bytes: "4096", "0x1000", "192K", "1.5M", "8KiB"; K = 1024. A fraction must
 * be a whole number of bytes. 0, or -EINVAL. */
int number_parse_size(const char *text, uint64_t *ret);

/* A text that is a percentage, "90%" or "0.5%", with at most four digits after the point, in millionths: 90% is 900000.
 * 0, or -EINVAL. */
int number_parse_percent(const char *text, uint64_t *ret);

/* The same for a number, "0.6", with at most six digits after the point: 600000. 0, or -EINVAL. */
int number_parse_millionths(const char *text, uint64_t *ret);

/* Human form of a size, "31.5 KiB"; plain bytes below 1024. Returns its buffer. */
#define NUMBER_HUMAN_BYTES 24
const char *number_human(uint64_t size_bytes, char ret[NUMBER_HUMAN_BYTES]);
