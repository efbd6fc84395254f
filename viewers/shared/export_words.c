/* Words that several formats of exports have. */
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/viewers/export_view.h"

/* RFC 3339 has years of four digits. */
#define DATES_END_US (UINT64_C(253402300800) * 1000000)

const char *export_moment_name(enum moment_kind kind)
{
	static const char *const names[] = {
		[MOMENT_SNAPSHOT] = "snapshot",
		[MOMENT_SAMPLE] = "sample",
		[MOMENT_POOLS] = "pool",
	};
	return names[kind];
}

void export_date(struct strbuf *out, const struct export_place *place)
{
	char date[DATE_BYTES];

	if (place->date_us >= DATES_END_US)
		return;
	date_rfc3339(place->date_us, date);
	strbuf_add(out, date, strlen(date) - !place->is_utc);
}
