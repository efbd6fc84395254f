/* The agent's port to the simulated board. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "board.h"

/* Fills board->port, agent_pools and requests, and makes this board the one that the port serves. */
void sim_port_attach(struct sim_board *board);

/* Sends the block tables of the pools that have one. Must not be called between a snapshot's frames. */
void sim_port_send_blocks(struct sim_board *board);

#endif
