/* Any bytes as .debug_line, beside two sections of texts: what is read lies in them, and it ends. */
#include "fuzz.h"

#include "elf/line_table.h"
#include "memprof/base/number.h"

enum { HEAD = 2, NAMES_MAX = 1000 };

FUZZ(data, size)
{
	static const uint8_t names[] = "/src\0main.c";
	struct line_table table = { 0 };
	struct line_row row;
	size_t n_rows = 0;

	if (size < HEAD)
		return;
	size_t n_bytes = size - HEAD;
	uint8_t *bytes = malloc(n_bytes + !n_bytes);
	MUST(bytes);
	memcpy(bytes, data + HEAD, n_bytes);
	struct line_sections sections = { .lines = { bytes, n_bytes },
					  .names = { names, sizeof(names) },
					  .strings = { names, sizeof(names) - (data[0] & 1) },
					  .big = data[0] & 2 };
	unsigned address_bytes = data[0] & 4 ? 8 : 4;
	for (unsigned i = 0; i < 2; i++) { /* the second takes the memory of the first */
		if (line_table_read(&table, &sections, i * data[1], address_bytes) != 0 ||
		    line_table_read_files(&table, NAMES_MAX) != 0)
			continue;
		MUST(table.n_files + table.n_folders <= NAMES_MAX + 2);
		for (size_t k = 0; k < table.n_files; k++)
			MUST(!table.files[k].name || strlen(table.files[k].name) <= MAX(n_bytes, sizeof(names)));
		while (line_table_next(&table, &row))
			MUST(++n_rows <= 2 * n_bytes);
	}
	line_table_deinit(&table);
	free(bytes);
}
