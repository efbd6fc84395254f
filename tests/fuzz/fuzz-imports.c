/* Frames of the import hook, whatever is in them: what is read is bounded, the rows make a tree, no order that is
 * advised needs more than the one there is, and views take it all. */
#include "document/run.h"
#include "fuzz.h"
#include "memprof/protocol/import_hook.h"
#include "memprof/viewers/imports_view.h"

static void check_rows(const struct imports *imports)
{
	MUST(imports->error == 0 && imports->n_open == 0);
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		MUST(row->parent == IMPORTS_NONE ?
			     row->depth == 0 :
			     row->parent < i && imports->rows[row->parent].depth + 1 == row->depth);
		MUST(row->kept_bytes < 0 || row->peak_bytes >= (uint64_t)row->kept_bytes);
		MUST(!row->cut || (row->kept_bytes == 0 && !row->raised && !row->again));
		for (const char *p = row->name; *p; p++)
			MUST((unsigned char)*p >= ' ');
	}
}

static void check_order(const struct imports *imports)
{
	struct import_order order;

	MUST(import_order(imports, &order) == 0);
	MUST(order.then_bytes <= order.now_bytes && order.n_rows <= imports->n_rows);
	import_order_deinit(&order);
}

static void check_views(const struct imports *imports)
{
	const struct text_style style = { .columns = 80 };
	struct strbuf out = STRBUF_INIT;
	struct document d;
	struct json j;

	doc_init(&d, "run");
	imports_add_findings(&d, imports);
	imports_add_table(&d, imports);
	print_text(&out, &d, &style);
	doc_deinit(&d);
	j = (struct json){ .out = &out };
	json_object(&j, NULL);
	json_imports(&j, "imports", imports);
	json_object_end(&j);
	MUST(strbuf_error(&out) == 0 && strlen(strbuf_text(&out)) == out.n_bytes);
	strbuf_deinit(&out);
}

/* A frame from here on: how many bytes it took, at least one. */
static size_t read_one(struct imports *imports, const char *text, size_t n)
{
	struct imports_frame frame;
	size_t n_line;

	if (imports_frame_read(text, n, &frame, &n_line) < 0)
		return 1;
	MUST(n_line > 0 && n_line <= n && text[n_line - 1] == '\n');
	MUST(memchr(frame.name, '\0', sizeof(frame.name)) && memchr(frame.file, '\0', sizeof(frame.file)));
	MUST(frame.origin < N_IMPORT_ORIGINS);
	imports_add(imports, &(struct import_event){
				     .ends = frame.ends,
				     .depth = frame.depth,
				     .name = frame.name,
				     .file = frame.file[0] ? frame.file : NULL,
				     .origin = frame.origin,
				     .raised = frame.raised,
				     .most_is_least = frame.n_touched_blocks == NOT_KNOWN,
				     .most_used_bytes = frame.used_bytes + frame.n_touched_blocks * 16,
				     .used_bytes = frame.collected_bytes,
				     .lfb_bytes = frame.collected_bytes & 1 ? NOT_KNOWN : frame.used_bytes,
			     });
	return n_line;
}

FUZZ(data, size)
{
	struct imports imports = { .error = 0 };
	/* A copy that ends where its memory ends: the text has no NUL. */
	char *text = malloc(size + (size == 0));

	MUST(text);
	memcpy(text, data, size);
	for (size_t at = 0; at < size;)
		at += read_one(&imports, text + at, size - at);
	imports_end(&imports);
	check_rows(&imports);
	check_order(&imports);
	check_views(&imports);
	imports_deinit(&imports);
	free(text);
}
