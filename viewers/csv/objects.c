/* All objects, or those of a class or kind that was asked for, for spreadsheets and scripts (RFC 4180): numbers bare,
 * texts quoted. */
#include <errno.h>

#include "csv/quote.h"
#include "memprof/viewers/objects_view.h"

static void add_figure(struct strbuf *out, uint64_t value)
{
	strbuf_decimal(out, value);
	strbuf_putc(out, ',');
}

static void add_object(struct strbuf *out, const struct objects *o, uint32_t i, struct strbuf *path)
{
	struct object object;

	objects_get(o, i, &object);
	strbuf_reset(path);
	objects_path(o, i, path);
	strbuf_hex(out, object.address, 0);
	strbuf_putc(out, ',');
	add_figure(out, object.n_bytes);
	add_figure(out, object.retained_bytes);
	add_figure(out, object.n_retained);
	strbuf_puts(out, object.live ? "yes," : "no,");
	csv_quote(out, object.kind);
	strbuf_putc(out, ',');
	csv_quote(out, object.class ? object.class : "");
	strbuf_putc(out, ',');
	csv_quote(out, strbuf_text(path));
	strbuf_puts(out, "\r\n");
	if (strbuf_error(path) < 0)
		out->error = -ENOMEM;
}

void csv_objects(struct strbuf *out, const struct objects_view *v)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(out, "address,bytes,retained,objects,live,kind,class,path\r\n");
	for (size_t k = 0; v->selected && k < v->selected->n_rows; k++)
		add_object(out, v->objects, v->selected->rows[k].object, &path);
	for (uint32_t i = 0; !v->selected && i < objects_count(v->objects); i++)
		add_object(out, v->objects, i, &path);
}
