// An S3-compatible server that checks signatures: node s3_server.mjs <folder> <bucket>; prints the address it listens at.
import S3rver from "@20minutes/s3rver";

const [directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket }],
});
const { address, port } = await server.run();
console.log(`http://${address}:${port}`);
