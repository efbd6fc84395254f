/* The formats of exports, and words that several of them have. */
#include <string.h>
#include <strings.h>

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

const struct export_format *const export_formats[] = { &export_perfetto, &export_openmetrics, &export_csv, &export_json,
						       NULL };

const struct export_format *export_format_named(const char *name)
{
	for (size_t i = 0; export_formats[i]; i++)
		if (strcmp(export_formats[i]->name, name) == 0)
			return export_formats[i];
	return NULL;
}

const struct export_format *export_format_of_suffix(const char *suffix)
{
	for (size_t i = 0; export_formats[i]; i++)
		for (size_t k = 0; export_formats[i]->suffixes[k]; k++)
			if (strcasecmp(export_formats[i]->suffixes[k], suffix) == 0)
				return export_formats[i];
	return NULL;
}
