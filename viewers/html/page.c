#include "html/page.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "html/assets.h"
#include "html/packed.h"
#include "memprof/base/number.h"
#include "shared/xml.h"

static const char *const common[] = { "page.css", "page.js" };
static const char *const of_limits[] = { "limits.css", "limits.js" };
static const char of_documents[] = "document.js"; /* comes last: it does what the others asked for */

static const struct html_asset *asset_named(const char *name)
{
	size_t i = 0;

	while (i < html_n_assets && strcmp(html_assets[i].name, name) != 0)
		i++;
	assert(i < html_n_assets);
	return &html_assets[i];
}

/* The i-th asset of a page; NULL after the last. */
static const struct html_asset *asset_of(const struct html_kind *kind, size_t i)
{
	size_t n_limits = kind->has_limits ? ARRAY_SIZE(of_limits) : 0;

	if (i < ARRAY_SIZE(common))
		return asset_named(common[i]);
	i -= ARRAY_SIZE(common);
	if (i < n_limits)
		return asset_named(of_limits[i]);
	for (const char *const *name = kind->assets; *name; name++)
		if (i-- == n_limits)
			return asset_named(*name);
	return i == n_limits && kind->is_whole ? asset_named(of_documents) : NULL;
}

static bool is_script(const struct html_asset *asset)
{
	const char *dot = strrchr(asset->name, '.');

	return dot && strcmp(dot, ".js") == 0;
}

/* Styles may stand in attributes, as those of an SVG do. */
static void add_policy(struct strbuf *out, const struct html_kind *kind)
{
	const struct html_asset *asset;

	strbuf_puts(out,
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
		    "form-action 'none'; style-src 'unsafe-inline'; script-src");
	for (size_t i = 0; (asset = asset_of(kind, i)); i++)
		if (is_script(asset))
			strbuf_printf(out, " 'sha256-%s'", asset->sha256);
	strbuf_puts(out, kind->is_live ? "; connect-src 'self'\">\n" : "\">\n");
}

static void add_head(struct strbuf *out, const char *title, const struct html_kind *kind)
{
	strbuf_printf(out,
		      "</head>\n<body class=\"%s\">\n<header class=\"top\">\n"
		      "<div><p class=\"which\">memprof \xc2\xb7 %s</p>\n<h1>",
		      kind->name, kind->has_limits ? "limits" : kind->what);
	xml_text(out, title);
	strbuf_puts(out, "</h1></div>\n");
	if (kind->source) {
		strbuf_puts(out, "<p class=\"note\" id=\"source\">");
		xml_text(out, kind->source);
		strbuf_puts(out, "</p>\n");
	}
	strbuf_puts(out, "</header>\n");
}

void html_begin(struct strbuf *out, const char *title, const struct html_kind *kind)
{
	const struct html_asset *asset;

	strbuf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	add_policy(out, kind);
	strbuf_puts(out,
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta name=\"generator\" content=\"memprof\">\n<title>");
	xml_text(out, title);
	strbuf_puts(out, "</title>\n");
	for (size_t i = 0; (asset = asset_of(kind, i)); i++) {
		if (is_script(asset))
			continue;
		strbuf_puts(out, "<style>\n");
		strbuf_add(out, asset->text, asset->n_bytes);
		strbuf_puts(out, "</style>\n");
	}
	add_head(out, title, kind);
	strbuf_printf(out,
		      "<noscript><p>%s %s</p></noscript>\n"
		      "<main id=\"main\">\n",
		      kind->is_whole ? "With JavaScript this page can be searched and sorted." :
				       "The pictures and tables of this page need JavaScript.",
		      kind->is_live ? "The figures are also at /metrics, as text." :
				      "It loads nothing and sends nothing.");
}

void html_data_begin(struct strbuf *out, const char *id)
{
	strbuf_printf(out, "<script type=\"application/json\" id=\"%s\">", id);
}

/* In JSON these stand in texts alone, where an escape means the same. U+2028 needs none: no script is made of
 * it. */
void html_data_add(struct strbuf *out, const char *json, size_t n_bytes)
{
	const char *end = json + n_bytes;

	while (json < end) {
		size_t n = 0;
		while (json + n < end && json[n] != '<' && json[n] != '>' && json[n] != '&')
			n++;
		strbuf_add(out, json, n);
		json += n;
		if (json < end)
			strbuf_printf(out, "\\u%04x", (unsigned)*json++);
	}
}

void html_data_end(struct strbuf *out) { strbuf_puts(out, "</script>\n"); }

void html_data(struct strbuf *out, const char *id, const char *json, size_t n_bytes)
{
	html_data_begin(out, id);
	html_data_add(out, json, n_bytes);
	html_data_end(out);
}

void html_data_packed(struct strbuf *out, const char *id, const struct strbuf *json)
{
	strbuf_printf(out, "<script type=\"text/plain\" id=\"%s\">", id);
	if (strbuf_error(json) || html_pack(out, strbuf_text(json), json->n_bytes) < 0)
		out->error = -ENOMEM;
	html_data_end(out);
}

static void add_foot(struct strbuf *out, const struct html_kind *kind)
{
	strbuf_puts(out, "<footer><p class=\"note\">Made by memprof " MEMPROF_VERSION);
	strbuf_puts(out, kind->is_live ?
				 ". This page loads nothing but the figures of this memprof, and sends nothing" :
				 ". This page loads nothing and sends nothing");
	if (kind->document)
		strbuf_printf(out, "; the document %s", kind->document);
	strbuf_puts(out, ".</p></footer>\n");
}

/* No white space is added to them: the policy's hashes are of the text between the tags. */
void html_end(struct strbuf *out, const struct html_kind *kind)
{
	const struct html_asset *asset;

	strbuf_puts(out, "</main>\n");
	add_foot(out, kind);
	for (size_t i = 0; (asset = asset_of(kind, i)); i++) {
		if (!is_script(asset))
			continue;
		strbuf_puts(out, "<script>");
		strbuf_add(out, asset->text, asset->n_bytes);
		strbuf_puts(out, "</script>\n");
	}
	strbuf_puts(out, "</body>\n</html>\n");
}
