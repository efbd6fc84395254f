/* The formats of exports. */
#include <string.h>
#include <strings.h>

#include "memprof/viewers/export_view.h"

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
