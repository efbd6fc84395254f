#include "memprof/intake/probe_ids.h"

struct interpreter_ids probe_ids(const struct probe_hello *hello)
{
	return (struct interpreter_ids){
		.word_bytes = hello->word_bytes,
		.id_modules = hello->id_modules,
		.id_globals = hello->id_globals,
		.id_type = hello->id_type,
		.id_none = hello->id_none,
		.id_len = hello->id_len,
		.used_bytes = hello->used_bytes,
		.free_bytes = hello->free_bytes,
		.total_bytes = hello->used_bytes + hello->free_bytes,
		.stack_used_bytes = hello->stack_used_bytes,
		.id_reader = hello->id_bytearray,
	};
}
