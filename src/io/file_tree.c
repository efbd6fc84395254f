#include "memprof/io/file_tree.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static int refuse(const char *path, int error, struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = path }, -error, "cannot read it: %s", strerror(error));
}

int file_tree_walk(const char *path, int (*each)(void *ctx, const char *path, bool is_given, struct diag *diag),
		   void *ctx, struct diag *diag)
{
	char *roots[] = { (char *)(uintptr_t)path, NULL }; /* it does not write to them */
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return refuse(path, errno, diag);
	while (errno = 0, r == 0 && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
			r = refuse(entry->fts_level ? entry->fts_path : path, entry->fts_errno, diag);
		else if (entry->fts_level == 0 && entry->fts_info == FTS_DEFAULT)
			r = diag_at(diag, (struct place){ .file = path }, -EINVAL, "expected a file or a folder");
		else if (entry->fts_info == FTS_F)
			r = each(ctx, entry->fts_level ? entry->fts_path : path, entry->fts_level == 0, diag);
	}
	if (r == 0 && errno)
		r = refuse(path, errno, diag);
	fts_close(fts);
	return r;
}
