#include "memprof/layout.h"

void layout_deinit(struct layout *l)
{
	vec_deinit(l, spaces);
	vec_deinit(l, spans);
	vec_deinit(l, mappings);
	vec_deinit(l, gaps);
	vec_deinit(l, conflicts);
	vec_deinit(l, notes);
	arena_deinit(&l->arena);
	*l = (struct layout){ 0 };
}
