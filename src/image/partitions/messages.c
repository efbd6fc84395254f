#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/text.h"
#include "partitions/private.h"

void partition_note(struct partition_table *table, uint64_t line, const char *format, ...)
{
	struct partition_note *note = vec_add(table, notes);
	va_list args;

	if (!note) {
		table->arena.error = -ENOMEM;
		return;
	}
	va_start(args, format);
	*note = (struct partition_note){ line, arena_vprintf(&table->arena, format, args) };
	va_end(args);
}

int partition_fault(const struct partition_table *table, const struct partition *row, uint32_t col, struct diag *diag,
		    const char *format, ...)
{
	bool csv = table->source == PARTITION_FROM_CSV;
	CLEANUP(strbuf_deinit) struct strbuf name = STRBUF_INIT;
	char text[320], entry[40] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_visible(&name, row->name, strlen(row->name), false);
	if (!csv)
		snprintf(entry, sizeof(entry), "entry %" PRIu64 ", ", row->line);
	return diag_at(diag, (struct place){ table->name, csv ? row->line : 0, csv ? MAX(col, 1) : 0 }, -EINVAL,
		       "%spartition \"%s\": %s", entry, strbuf_text(&name), text);
}
