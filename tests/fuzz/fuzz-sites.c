/* Any bytes as a saved profile. What is read is drawn in every way, and saved and read again is the same. */
#include "fuzz.h"
#include "memprof/viewers/sites_view.h"

static void save(const struct sites *s, struct strbuf *ret)
{
	struct json j = { .out = ret, .compact = true };

	json_sites(&j, &(struct sites_view){ .sites = s, .title = "fuzz" });
	MUST(strbuf_error(ret) == 0);
}

static void read_again(const struct sites *s)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf again CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites read;
	struct diag diag = { .text = "" };

	save(s, &text);
	MUST(sites_read_json(strbuf_text(&text), text.n_bytes, "again.json", &read, &diag) == 0);
	save(&read, &again);
	MUST(strcmp(strbuf_text(&text), strbuf_text(&again)) == 0);
	sites_deinit(&read);
}

static void print(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	struct document d;

	document_sites(&d, view);
	print_text(out, &d, style);
	print_csv(out, &d);
	print_markdown(out, &d);
	print_html(out, &d);
	doc_deinit(&d);
}

static void draw(const struct sites *s)
{
	static const struct text_style style = { .columns = 80 };
	static const struct sites_source source = { "a.py", "one\ntwo\n", 8 };
	struct sites_changes changes;
	struct sites_view view = { .sites = s, .title = "fuzz", .n_top = 3, .sources = &source, .n_sources = 1 };
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (int i = 0; i < 8; i++) {
		view.what = (enum sites_what)(i % 4);
		view.alive_only = i >= 4;
		print(&out, &view, &style);
	}
	folded_sites(&out, &view);
	speedscope_sites(&out, &view);
	pprof_sites(&out, &view);
	html_sites(&out, &view);
	MUST(sites_diff(s, s, &changes) == 0);
	view.changes = &changes;
	view.before = view.after = s;
	view.alive_only = false;
	view.before_title = "before";
	print(&out, &view, &style);
	for (size_t i = 0; i < changes.n_changes; i++)
		MUST(changes.changes[i].old.bytes == changes.changes[i].new.bytes);
	sites_changes_deinit(&changes);
	MUST(strbuf_error(&out) == 0);
}

FUZZ(data, size)
{
	struct sites s;
	struct diag diag = { .text = "" };
	int r = sites_read_json((const char *)data, size, "fuzz.json", &s, &diag);

	MUST(r == 0 || ((r == -EINVAL || r == -EFBIG) && diag.text[0]));
	if (r == 0) {
		draw(&s);
		read_again(&s);
	}
	sites_deinit(&s);
}
