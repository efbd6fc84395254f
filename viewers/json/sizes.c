#include "json/sizes.h"

void json_sizes(struct json *j, const char *key, const uint64_t n_by_size[HEAP_SIZE_CLASSES])
{
	json_array(j, key);
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++) {
		if (n_by_size[i] == 0)
			continue;
		json_row(j, NULL);
		json_u64(j, "from", i > 0 ? heap_size_class_bytes(i - 1) + 1 : 0);
		json_u64(j, "to", heap_size_class_bytes(i));
		json_u64(j, "requests", n_by_size[i]);
		json_object_end(j);
	}
	json_array_end(j);
}
