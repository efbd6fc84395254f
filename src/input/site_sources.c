#include "memprof/input/site_sources.h"

#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/input/kept.h"

/* ---- saved profiles ---- */

int sites_file_read(const char *path, struct sites *ret, struct diag *diag)
{
	struct blob blob = { .bytes = NULL };
	int error = kept_read(path, &blob, diag);

	if (error == 0)
		error = sites_read_json(blob.bytes, blob.n_bytes, path, ret, diag);
	blob_deinit(&blob);
	return error;
}

/* ---- sources ---- */

static bool has_source(const struct sites_sources *s, const char *file)
{
	for (size_t i = 0; i < s->n_sources; i++)
		if (strcmp(s->sources[i].file, file) == 0)
			return true;
	return false;
}

/* A name that comes from a board must not lead out of the folder, nor to what is hidden there. */
static bool is_below(const char *file)
{
	return file[0] && !strchr("/<.", file[0]) && !strstr(file, "..") && !strstr(file, "/.");
}

static void add_source(struct sites_sources *s, const struct sites *sites, const char *file, const char *path)
{
	char sha256[BLOB_SHA256_CHARS + 1];
	const char *was = sites_hash_of(sites, file);
	struct blob blob;

	if (!blob_read_named(path, &blob))
		return;
	if (vec_push(s, blobs, blob) < 0) {
		blob_deinit(&blob);
		return;
	}
	bool has_changed = was && strcmp(was, blob_sha256(blob.bytes, blob.n_bytes, sha256)) != 0;
	struct sites_source source = { file, (const char *)blob.bytes, blob.n_bytes, has_changed };
	vec_push(s, sources, source);
}

void sites_sources_read(struct sites_sources *s, const struct sites *sites, const char *script, const char *folder)
{
	const char *slash = strrchr(script, '/'), *name = slash ? slash + 1 : script;

	for (size_t i = 0; i < sites->n_frames; i++) {
		const char *file = sites->frames[i].file;
		struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (has_source(s, file) || !is_below(file))
			continue;
		if (!folder && strcmp(file, name) == 0)
			strbuf_puts(&path, script);
		else if (folder)
			strbuf_printf(&path, "%s/%s", folder, file);
		else
			strbuf_printf(&path, "%.*s%s", (int)(name - script), script, file);
		if (!strbuf_error(&path))
			add_source(s, sites, file, strbuf_text(&path));
	}
}

int sites_script_keep(struct sites *sites, const char *script)
{
	const char *slash = strrchr(script, '/');
	char sha256[BLOB_SHA256_CHARS + 1];
	struct blob blob;

	if (!blob_read_named(script, &blob))
		return 0;
	int error = sites_add_hash(sites, slash ? slash + 1 : script, blob_sha256(blob.bytes, blob.n_bytes, sha256));
	blob_deinit(&blob);
	return error;
}

int sites_sources_keep(const struct sites_sources *s, struct sites *sites)
{
	char sha256[BLOB_SHA256_CHARS + 1];
	int error = 0;

	for (size_t i = 0; i < s->n_sources && error == 0; i++)
		error = sites_add_hash(sites, s->sources[i].file,
				       blob_sha256(s->sources[i].text, s->sources[i].n_bytes, sha256));
	return error;
}

void sites_sources_deinit(struct sites_sources *s)
{
	for (size_t i = 0; i < s->n_blobs; i++)
		blob_deinit(&s->blobs[i]);
	vec_deinit(s, blobs);
	vec_deinit(s, sources);
}
