#include "memprof/viewers/board_view.h"

#define BIT(kind) (1u << (kind))

void json_boards(struct json *j, struct strbuf *out)
{
	*j = (struct json){ .out = out };
	json_object(j, NULL);
	json_text(j, "schema", "memprof.boards/1");
	json_array(j, "boards");
}

static void json_span(struct json *j, const struct board_span *span)
{
	json_row(j, NULL);
	json_text(j, "name", span->name);
	json_text(j, "kind", span_kind_name(span->kind));
	json_address(j, "start", span->start);
	json_u64(j, "size", span->size_bytes);
	json_bool(j, "of_partition_table", span->of_partitions);
	json_text(j, "says", span->summary);
	json_object_end(j);
}

static void json_memory(struct json *j, const struct board_file *board, uint32_t i_memory)
{
	const struct board_memory *memory = &board->memories[i_memory];

	json_text(j, "name", memory->name);
	json_text(j, "kind", board_memory_kind_name(memory->kind));
	json_text(j, "space", memory->space);
	json_address(j, "start", memory->start);
	json_u64(j, "size", memory->size_bytes);
	json_text(j, "says", memory->summary);
	json_array(j, "spans");
	for (size_t i = 0; i < board->n_spans; i++)
		if (board->spans[i].i_memory == i_memory)
			json_span(j, &board->spans[i]);
	json_array_end(j);
}

static void json_mapping(struct json *j, const struct layout_mapping *mapping)
{
	json_text(j, "space", mapping->space);
	json_address(j, "start", mapping->start);
	json_u64(j, "size", mapping->size_bytes);
	json_text(j, "to_space", mapping->to_space);
	json_address(j, "to_start", mapping->to_start);
}

static void json_source(struct json *j, const struct board_source *source)
{
	json_text(j, "repository", source->repository);
	json_text(j, "path", source->path);
	json_text(j, "commit", source->commit);
	json_text(j, "says", source->summary);
}

void json_board_file(struct json *j, const struct board_file *board)
{
	json_object(j, NULL);
	json_text(j, "name", board->name);
	json_text(j, "title", board->title);
	json_text(j, "maker", board->maker);
	json_text(j, "mcu", board->mcu);
	json_text(j, "firmware", board->firmware);
	json_text(j, "port", board->port);
	json_u64(j, "flash_bytes", board_file_memory_bytes(board, BIT(BOARD_FLASH)));
	json_u64(j, "ram_bytes", board_file_memory_bytes(board, BIT(BOARD_SRAM) | BIT(BOARD_TCM)));
	json_u64(j, "external_ram_bytes", board_file_memory_bytes(board, BIT(BOARD_PSRAM) | BIT(BOARD_SDRAM)));
	for (uint32_t i = 0; json_items(j, "memories", i, board->n_memories); i++)
		json_memory(j, board, i);
	json_text(j, "partition_table", board->partition_table);
	for (size_t i = 0; json_rows(j, "mappings", i, board->n_mappings); i++)
		json_mapping(j, &board->mappings[i]);
	for (size_t i = 0; json_items(j, "sources", i, board->n_sources); i++)
		json_source(j, &board->sources[i]);
	json_object_end(j);
}

void json_boards_end(struct json *j)
{
	json_array_end(j);
	json_object_end(j);
}
