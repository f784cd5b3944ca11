/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `realmkit serve` and the backend "remote" say to each other.
 *
 * Both ends are processes of one machine, so numbers have the machine's own byte order. Frames
 * travel over Unix sockets that keep their boundaries (SOCK_SEQPACKET): one frame, one message.
 *
 * A client connects and sends ATTACH. The answer is ATTACHED, with the file of the memory window
 * and one more socket for each PE as ancillary data, or REFUSED. From then on the first socket
 * takes KICK, COUNTER, HELD and OPERATION, and the socket of a PE takes CALL; each is answered
 * before the next one is read. When any of the sockets closes, or brings a frame that is not one of
 * these, the client is gone: its calls are ended and its PEs are free again.
 */
#ifndef LIBRMI_SERVE_WIRE_H
#define LIBRMI_SERVE_WIRE_H

#include <assert.h>
#include <stdint.h>

#include <rmi/abi/smccc.h>
#include <rmi/pe.h>

#define WIRE_MAGIC   UINT32_C(0x494d5252)
#define WIRE_VERSION 1

enum wire_type {
	WIRE_ATTACH = 1,
	WIRE_ATTACHED,
	WIRE_REFUSED,
	WIRE_CALL,
	WIRE_ANSWER,
	WIRE_KICK,
	WIRE_KICKED,
	WIRE_COUNTER,
	WIRE_COUNTER_IS,
	WIRE_HELD,
	WIRE_HELD_ARE,
	WIRE_OPERATION,
	WIRE_OPERATION_IS,
};

/* What every frame begins with. ATTACH and REFUSED keep this form in all versions. */
struct wire_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t length; /* Bytes of the frame, the header included. */
	uint32_t zero;
};

/* PEs that a client asks for: all that are free, but at least one. */
#define WIRE_ALL_PES UINT32_MAX
/* Most PEs of a client: each is a descriptor in one message. */
#define WIRE_MAX_PES 64

struct wire_attach {
	struct wire_header header;
	uint32_t num_pes; /* 0: the client only looks. */
	uint32_t zero;
};

/* The system counter is CLOCK_MONOTONIC in nanoseconds: the client can read it itself. */
#define WIRE_CLOCK_IS_HOSTS 1u

struct wire_attached {
	struct wire_header header;
	uint32_t revision; /* enum rmi_revision */
	uint32_t num_pes;
	uint32_t flags; /* WIRE_CLOCK_IS_HOSTS */
	uint32_t zero;
	uint64_t memory_base;
	uint64_t memory_size;
	uint64_t granule_size; /* RMI granule size; 0 when the server cannot tell. */
	struct rmi_ich ich;    /* Of each PE. */
};

struct wire_refused {
	struct wire_header header;
	char text[240]; /* Why, in one line; ends with a null byte. */
};

/* CALL and ANSWER: registers and the virtual CPU interface of the PE, before and after. */
struct wire_call {
	struct wire_header header;
	struct smccc_regs regs;
	struct rmi_ich ich;
};

/* KICK, COUNTER: a PE. HELD: a PA. COUNTER_IS: the count. KICKED: 0. */
struct wire_number {
	struct wire_header header;
	uint64_t number;
};

/* OPERATION: an index. OPERATION_IS: a handle, if the operation is there. */
struct wire_operation {
	struct wire_header header;
	uint64_t number;
	uint32_t there;
	uint32_t zero;
};

/* Most runs in a list, and most granules that a list tells of. */
#define WIRE_MAX_RUNS     64
#define WIRE_MAX_GRANULES 65536
#define WIRE_STATE_SIZE   32

/* Adjacent granules in the same state. */
struct wire_run {
	uint64_t pa;
	uint64_t size; /* Bytes. */
	char state[WIRE_STATE_SIZE];
};

/* The granules that the RMM holds from a PA on. */
struct wire_held {
	struct wire_header header;
	uint64_t granule_size; /* Bytes of a granule in each run. */
	uint32_t count;
	uint32_t zero;
	struct wire_run runs[WIRE_MAX_RUNS];
};

union wire_frame {
	struct wire_header header;
	struct wire_attach attach;
	struct wire_attached attached;
	struct wire_refused refused;
	struct wire_call call;
	struct wire_number number;
	struct wire_operation operation;
	struct wire_held held;
};

static_assert(sizeof(struct wire_header) == 16, "both ends agree");
static_assert(sizeof(struct wire_call) == 16 + 18 * 8 + 31 * 8, "both ends agree");

/* Bytes of a frame of a type; 0 when there is no such type. */
uint32_t rmi_wire_length(unsigned type);

/* Fills in the header. */
void rmi_wire_begin(union wire_frame *frame, enum wire_type type);

/*
 * Sends a frame, with descriptors if there are any.
 * Returns whether it went; if not, errno tells why.
 */
int rmi_wire_send(int fd, const union wire_frame *frame, const int *fds, unsigned num_fds);

/* What rmi_wire_receive() found. */
enum wire_result {
	WIRE_GOOD,
	WIRE_CLOSED,  /* The other end is gone. */
	WIRE_LATE,    /* Nothing came within the time that the socket has for it. */
	WIRE_FOREIGN, /* Not our protocol. */
	WIRE_OTHER,   /* Another version of it, in header.version. */
};

/*
 * Receives a frame whose header fits its length.
 * fds takes at most *num_fds descriptors, and *num_fds becomes how many came; NULL: none are taken.
 */
enum wire_result rmi_wire_receive(int fd, union wire_frame *frame, int *fds, unsigned *num_fds);

#endif
