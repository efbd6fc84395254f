#include "memprof/input/linker_scripts.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"
#include "memprof/cli/message.h"
#include "memprof/io/blob.h"
#include "preprocess.h"

/* Open files: the parser borrows their text. */
struct script_files {
	struct arena arena; /* names of files */
	VEC(struct blob, blobs);
	VEC(struct strbuf, preprocessed);
	const struct options *options;
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
	if (!option_is(files->options, "define") && !ldscript_needs_cpp(blob.bytes, blob.n_bytes))
		return 0;
	struct strbuf *text = vec_add(files, preprocessed);
	r = text ? preprocess(files->options, kept, text, diag) : diag_set(diag, -ENOMEM, "out of memory");
	if (r == 0)
		*ret = (struct ldscript_text){ blob.name, strbuf_text(text), text->n_bytes };
	return r;
}

/* INCLUDE: in the folder of the including script, in the current folder, then in each -L. */
static int include(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	struct script_files *files = ctx;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *slash = strrchr(from, '/'), *folder;

	if (slash && name[0] != '/')
		strbuf_add(&path, from, (size_t)(slash - from) + 1);
	strbuf_puts(&path, name);
	int r = open_text(files, strbuf_text(&path), ret, diag);
	if (r == -ENOENT)
		r = open_text(files, name, ret, diag);
	for (size_t i = 0; r == -ENOENT && (folder = option_nth(files->options, "path", i)); i++) {
		strbuf_reset(&path);
		strbuf_printf(&path, "%s/%s", folder, name);
		r = open_text(files, strbuf_text(&path), ret, diag);
	}
	return r;
}

/* All values of an option; ret has room for OPTIONS_GIVEN_MAX. */
static size_t find_values(const struct options *options, const char *name, const char **ret)
{
	size_t n = 0;

	while (n < OPTIONS_GIVEN_MAX && (ret[n] = option_nth(options, name, n)))
		n++;
	return n;
}

/* 1, or -EINVAL after a message: the other options go with --ld. */
static int check_no_script_options(const struct options *options)
{
	static const char *const names[] = { "define", "defsym", "path", "cpp" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is(options, names[i])) {
			message_error("--%s is for a linker script: give that with --ld FILE", names[i]);
			return -EINVAL;
		}
	return 1;
}

int ldscripts_read(const struct options *options, struct ldscript *ret)
{
	struct script_files files CLEANUP(script_files_deinit) = { .options = options };
	const char *names[OPTIONS_GIVEN_MAX], *defsyms[OPTIONS_GIVEN_MAX];
	struct ldscript_text texts[OPTIONS_GIVEN_MAX];
	struct diag diag = { 0 };
	size_t n = find_values(options, "ld", names);
	int r = 0;

	*ret = (struct ldscript){ 0 };
	if (n == 0)
		return check_no_script_options(options);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = open_text(&files, names[i], &texts[i], &diag);
	const struct ldscript_options how = {
		.defsyms = defsyms,
		.n_defsyms = find_values(options, "defsym", defsyms),
		.include = include,
		.ctx = &files,
	};
	if (r == 0)
		r = ldscript_read(ret, texts, n, &how, &diag);
	if (r == 0)
		return 0;
	if (!diag.at.file)
		diag.at.file = names[0];
	message_diag(&diag);
	return -EINVAL;
}

int ldscripts_give_regions(const struct ldscript *script, struct image *image)
{
	struct diag diag = { 0 };
	int n = image_regions_from_ldscript(image, script);

	if (n == 0)
		return 0;
	int r = n < 0 ? diag_set(&diag, n, "out of memory") : image_resolve(image, &diag);
	if (r == 0)
		return n;
	message_diag(&diag);
	return -EINVAL;
}
