/* Any bytes as the data file of known figures; what passes is compiled. */
#include "fuzz.h"
#include "memprof/input/figures_file.h"

FUZZ(data, size)
{
	struct figures_file *file = NULL;
	struct diag diag = { .text = "" };
	int r = figures_file_parse((const char *)data, size, "fuzz.json", &file, &diag);

	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG) && !file && diag.text[0] && diag.at.line > 0);
		return;
	}
	for (size_t i = 0; i < figures_file_n(file); i++) {
		const struct figures_entry *entry = figures_file_entry(file, i);
		struct figures *figures = figures_new();
		MUST(figures && figures_file_find(file, entry->name));
		r = figures_entry_use(entry, figures, &diag);
		MUST(r == 0 || diag.text[0]);
		figures_free(figures);
	}
	figures_file_free(file);
}
