export { MPEGDecoder } from "mpg123-decoder";
