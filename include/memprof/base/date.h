/* Dates and times as text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { DATE_BYTES = 32 };

/* RFC 3339 with milliseconds, UTC: "2026-11-20T08:15:34.123Z". Returns ret. */
const char *date_rfc3339(uint64_t since_1970_us, char ret[DATE_BYTES]);

/* "2026-11-20T07:09:41.325Z", "2026-11-20 07:09:41+01:00": since 1970; *ret_zoned: it has a zone. False for anything
 * else. */
bool date_parse(const char *text, uint64_t *ret_us, bool *ret_zoned);

/* "1h30m", "90s", "250ms", "2d", "1.5h"; without a unit seconds. 0, or -EINVAL: it is none, or longer than 100 years.
 */
int duration_parse(const char *text, uint64_t *ret_us);
