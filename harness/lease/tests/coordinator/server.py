"""labgrid's own coordinator with what its releases do not have yet: TLS, the call for one place, and a word on standard
output for the metadata of each call.

    server.py [--one-place] [--tls CERTIFICATE KEY]
"""

import asyncio
import sys

import grpc
from labgrid.remote.coordinator import Coordinator
from labgrid.remote.generated import labgrid_coordinator_pb2 as messages
from labgrid.remote.generated import labgrid_coordinator_pb2_grpc as services

SERVICE = "labgrid.Coordinator"


class Told(grpc.aio.ServerInterceptor):
    async def intercept_service(self, continuation, details):
        said = {key: value for key, value in details.invocation_metadata if key.startswith("x-lg-")}
        words = " ".join(f"{key}={said[key]}" for key in sorted(said))
        print(f"call {details.method.rsplit('/')[-1]} {words}", flush=True)
        return await continuation(details)


async def main(args):
    server = grpc.aio.server(interceptors=[Told()])
    coordinator = Coordinator()
    services.add_CoordinatorServicer_to_server(coordinator, server)
    if "--one-place" in args:

        async def get_place(name, context):
            place = coordinator.places.get(name.decode())
            if place is None:
                await context.abort(grpc.StatusCode.NOT_FOUND, "no such place")
            return place.as_pb2().SerializeToString()

        def framed(payload):
            # Field 1 of a message whose only field is a message.
            length, out = len(payload), bytearray(b"\x0a")
            while length > 0x7F:
                out.append(length & 0x7F | 0x80)
                length >>= 7
            out.append(length)
            return bytes(out) + payload

        handler = grpc.unary_unary_rpc_method_handler(
            get_place,
            request_deserializer=lambda raw: messages.AddPlaceRequest.FromString(raw).name.encode(),
            response_serializer=framed,
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"GetPlace": handler}),))
    if "--tls" in args:
        at = args.index("--tls")
        with open(args[at + 1], "rb") as certificate, open(args[at + 2], "rb") as key:
            credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


asyncio.run(main(sys.argv[1:]))
