#include "memprof/viewers/installed_view.h"

static void file(struct json *j, const struct installed_file *f)
{
	json_text(j, "path", f->path);
	json_u64(j, "bytes", f->n_bytes);
	json_name(j, "version", f->version);
}

static void running(struct json *j, const struct installed *found)
{
	if (found->loaded && found->running == INSTALLED_RUNNING_UNKNOWN)
		json_null(j, "running");
	else
		json_bool(j, "running", found->loaded && found->running == INSTALLED_RUNNING);
}

void json_installed(struct json *j, const struct installed_view *view)
{
	static const char *const deeds[] = {
		[INSTALLED_LOOKED] = "nothing", [INSTALLED_NEW] = "installed",   [INSTALLED_REPLACED] = "replaced",
		[INSTALLED_SAME] = "nothing",   [INSTALLED_REMOVED] = "removed", [INSTALLED_NONE_REMOVED] = "nothing",
	};
	const struct installed *found = view->found;

	json_object(j, NULL);
	json_text(j, "schema", "memprof.agent/1");
	json_text(j, "source", view->source);
	json_text(j, "did", deeds[view->deed]);
	json_text(j, "path", view->path);
	json_bool(j, "built_in", found->built_in);
	for (size_t i = 0; json_items(j, "files", i, found->n_files); i++)
		file(j, &found->files[i]);
	json_bool(j, "loaded", found->loaded);
	json_name(j, "loaded_from", found->loaded_from);
	running(j, found);
	if (json_object_if(j, "file_system", found->folder[0] != '\0')) {
		json_text(j, "folder", found->folder);
		json_u64(j, "free", found->free_bytes);
		json_bool(j, "in_memory", found->in_memory);
		json_object_end(j);
	}
	json_text(j, "current_version", view->version);
	json_text(j, "variant", view->variant);
	if (json_object_if(j, "cost", view->cost != NULL)) {
		json_u64(j, "free_before", view->cost->free_before_bytes);
		json_u64(j, "free", view->cost->free_bytes);
		json_u64(j, "kept", view->cost->kept_bytes);
		json_object_end(j);
	}
	json_object_end(j);
}
