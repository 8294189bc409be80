import { testScene } from './explore-scene.ts';

testScene({ start: 'dead', jobs: ['tick', 'call'] });
