#include "memprof/input/stack_files.h"

#include <errno.h>
#include <string.h>

#include "memprof/io/file_tree.h"

static bool is_stack_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".su") == 0 || strcmp(dot, ".ci") == 0);
}

static int read_file(void *ctx, const char *path, bool is_given, struct diag *diag)
{
	struct stack_files *files = ctx;
	struct blob blob;

	if (!is_given && !is_stack_file(path))
		return 0;
	int r = blob_read(arena_text(&files->arena, path, strlen(path)), &blob, diag);
	if (r < 0)
		return r;
	if (vec_push(files, blobs, blob) < 0) {
		blob_deinit(&blob);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	if (files->n_blobs > STACK_FILES_MAX)
		return diag_set(diag, -EFBIG, "there are more than %d .su and .ci files", STACK_FILES_MAX);
	return stack_usage_read(&files->usage, blob.name, blob.bytes, blob.n_bytes, diag);
}

int stack_files_read(struct stack_files *ret, const char *path, struct diag *diag)
{
	*ret = (struct stack_files){ 0 };
	int r = file_tree_walk(path, read_file, ret, diag);

	if (r == 0 && ret->n_blobs > 0 && ret->usage.n_functions == 0)
		return diag_at(diag, (struct place){ .file = path }, -EINVAL, "it names no function");
	if (r == 0 && ret->n_blobs == 0)
		return diag_at(
			diag, (struct place){ .file = path }, -ENOENT,
			"there is no .su or .ci file in it; -fstack-usage and -fcallgraph-info=su write them beside"
			" the objects");
	return r;
}

void stack_files_deinit(struct stack_files *files)
{
	for (size_t i = 0; i < files->n_blobs; i++)
		blob_deinit(&files->blobs[i]);
	vec_deinit(files, blobs);
	stack_usage_deinit(&files->usage);
	arena_deinit(&files->arena);
}
