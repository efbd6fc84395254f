#include "memprof/input/linker_scripts.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"
#include "memprof/io/blob.h"
#include "preprocess.h"

/* Open files: the parser borrows their text. */
struct script_files {
	struct arena arena; /* names of files */
	VEC(struct blob, blobs);
	VEC(struct strbuf, preprocessed);
	const struct linker_scripts *scripts;
};

static void script_files_deinit(struct script_files *files)
{
	for (size_t i = 0; i < files->n_blobs; i++)
		blob_deinit(&files->blobs[i]);
	for (size_t i = 0; i < files->n_preprocessed; i++)
		strbuf_deinit(&files->preprocessed[i]);
	vec_deinit(files, blobs);
	vec_deinit(files, preprocessed);
	arena_deinit(&files->arena);
}

static int open_text(struct script_files *files, const char *name, struct ldscript_text *ret, struct diag *diag)
{
	struct blob blob;
	int r = blob_read(arena_text(&files->arena, name, strlen(name)), &blob, diag);

	if (r < 0)
		return r;
	struct blob *kept = vec_add(files, blobs);
	if (!kept) {
		blob_deinit(&blob);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	*kept = blob;
	*ret = (struct ldscript_text){ blob.name, blob.bytes, blob.n_bytes };
	if (!files->scripts->defines[0] && !ldscript_needs_cpp(blob.bytes, blob.n_bytes))
		return 0;
	struct strbuf *text = vec_add(files, preprocessed);
	r = text ? preprocess(files->scripts, kept, text, diag) : diag_set(diag, -ENOMEM, "out of memory");
	if (r == 0)
		*ret = (struct ldscript_text){ blob.name, strbuf_text(text), text->n_bytes };
	return r;
}

/* INCLUDE: in the folder of the including script, in the current folder, then in each -L. */
static int include(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	struct script_files *files = ctx;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *slash = strrchr(from, '/');
	const char *const *folders = files->scripts->folders;

	if (slash && name[0] != '/')
		strbuf_add(&path, from, (size_t)(slash - from) + 1);
	strbuf_puts(&path, name);
	int r = open_text(files, strbuf_text(&path), ret, diag);
	if (r == -ENOENT)
		r = open_text(files, name, ret, diag);
	for (; r == -ENOENT && *folders; folders++) {
		strbuf_reset(&path);
		strbuf_printf(&path, "%s/%s", *folders, name);
		r = open_text(files, strbuf_text(&path), ret, diag);
	}
	return r;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

int linker_scripts_read(const struct linker_scripts *scripts, struct ldscript *ret, struct diag *diag)
{
	struct script_files files CLEANUP(script_files_deinit) = { .scripts = scripts };
	struct ldscript_text texts[LINKER_SCRIPTS_MAX];
	const struct ldscript_options how = {
		.defsyms = scripts->defsyms,
		.n_defsyms = count(scripts->defsyms),
		.include = include,
		.ctx = &files,
	};
	size_t n = count(scripts->names);
	int r = 0;

	*ret = (struct ldscript){ 0 };
	if (n > LINKER_SCRIPTS_MAX)
		return diag_set(diag, -EINVAL, "more than %d linker scripts", LINKER_SCRIPTS_MAX);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = open_text(&files, scripts->names[i], &texts[i], diag);
		if (r == 0)
			r = blob_check_not_empty(&files.blobs[files.n_blobs - 1], "a linker script", diag);
	}
	if (r == 0)
		r = ldscript_read(ret, texts, n, &how, diag);
	return r;
}

int linker_scripts_give_regions(const struct ldscript *script, struct image *image, struct diag *diag)
{
	int n = image_learn_from_ldscript(image, script);

	if (n == 0)
		return 0;
	int r = n < 0 ? diag_set(diag, n, "out of memory") : image_resolve(image, diag);
	return r < 0 ? r : n;
}
